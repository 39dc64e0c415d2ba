"""What questions of satisfaction surveys ask about, in Chinese and English: the field's words by concept.

Two wordings of a question share few words and most of what they are about. Concepts are drawn from the questionnaires
of ECSI (Tenenhaus et al. 2005), ACSI (Fornell et al. 1996) and GB/T 19038 to 19039.
"""

from __future__ import annotations

import re

_WORDS = {
    "expect": r"预期|期望|期待|预想|估计|expect|anticipat",
    "before": r"(购买|消费|使用|开户|接受服务|入住|成为.{0,8}顾客|用|来)(之?前)|刚开始|当初|"
    r"before (you )?(your )?(bought|buy|us|becam|purchas|book|visit)|prior to|moment you became|"
    r"think back",
    "after": r"(购买|消费|使用|体验)(之?后)|实际体验|用到现在|now that|own experience|actual|perceived",
    "compared": r"相比|比较|对比|达到了?您?(原来)?的?(期望|预期)|compare|"
    r"(met|meet|fulfil\w*|fall\w*|exceed|beyond).{0,24}expect",
    "overall": r"总体|整体|总的来说|总体来讲|综合|overall|all things considered|in general|general image|all in all",
    "quality": r"质量|品质|quality",
    "needs": r"需求|需要|个性化|要求|personal(ly)? need|\bneed(s|ed)\b|requirement|custom(iz|is)",
    "reliable": r"可靠|出(现)?(问题|差错|毛病|错)|差错|故障|准确|reliab|(go|goes|gone|went) wrong|mistakes|accura",
    "price": r"价格|价钱|收费|费用|花费|付的?费|付的?钱|资费|票价|\bprice|\bpay\b|\bpaid\b|"
    r"\bfees?\b|\bcost|\bfares?\b|charge",
    "value": r"性价比|物有所值|划算|value for money|worth",
    "satisfied": r"满意|satisf",
    "ideal": r"理想|完美|\bideal|perfect",
    "complain": r"投诉|抱怨|complain",
    "handled": r"处理|解决|handl|resol",
    "recommend": r"推荐|介绍给|recommend|tell (a |your )?friend|suggest .{0,20}friend",
    "again": r"再次|重复|重新选|继续|还会|以后|今后|下次|\bagain\b|next time|when you next|"
    r"continue|re-?purchas|repeat|renew|(come|coming) back|return",
    "cheaper": r"(竞争|其他|别家|别的|同类).{0,14}(降价|促销|优惠|更低|便宜)|降价|更低的价格|"
    r"收费更低|(lower|cut|reduc|cheap)\w*.{0,20}price|lower (their )?(fee|price)|competitor|"
    r"stay with",
    "impression": r"印象|形象|\bimage\b|impression",
    "trust": r"信赖|信任|可信|诚信|说到做到|trust|says and does|credib|honest",
    "known": r"知名|名气|著名|口碑|声誉|reputation|standing|well.known|famous|awareness|hardly known",
    "society": r"社会|公益|societ|social|communit",
    "responsible": r"社会责任|responsib",
    "contribution": r"贡献|contribut",
    "stable": r"稳健|根基|实力雄厚|经营稳|stable|firmly|established|stability",
    "cares": r"关心|着想|关爱|\bcares?\b about|concern\w* (about|for)|cares about its",
    "innovative": r"创新|前瞻|走在前|innovat|forward.looking|pioneer",
    "technical": r"技术|technical|network quality",
    "advice": r"咨询|建议(?!或)|advice|consult",
    "customer service": r"客服|客户服务|售后|售前|customer service|after.sales|before and after sales",
    "service": r"服务|service",
    "range": r"种类|丰富|多样|选择余地|\brange\b|variet|diversity|assortment",
    "information": r"信息|合同|information",
    "open": r"透明|清晰|清楚|公开|transparen|clear|clarity|\bopen\b",
    "features": r"功能|feature|function",
    "design": r"设计|外观|design|appearance",
    "staff": r"人员|员工|柜员|工作人员|staff|employee|personnel|crew|agent",
    "attitude": r"态度|礼貌|友好|attitude|courte|friendl|polite",
    "competent": r"专业|业务能力|expert|competen|professional|knowledge",
    "fast": r"速度|响应|快捷|效率|及时|等候|排队|quick|speed|prompt|respon[ds]|waiting|fast",
    "place": r"环境|设施|网点|premises|facilit|environment|building",
    "convenient": r"方便|便利|便捷|convenien|easy to",
    "clean": r"清洁|干净|卫生|clean",
    "safe": r"安全|safe|secur",
    "fair": r"公平|公正|合理|一视同仁|fair",
    "confident": r"信心|相信.{0,4}越|confiden",
    "speak well": r"正面评价|好话|speak well|word of mouth",
    "promise": r"承诺|promise",
    "environment": r"环保|节能|energy|environmentally",
    "taste": r"口味|味道|taste|flavou?r",
    "packaging": r"包装|packag",
    "delivery": r"物流|配送|交付|交货|deliver",
}  # fmt: skip
_CONCEPTS = {name: re.compile(words) for name, words in _WORDS.items()}
_PRICE = r"(?:price|pay|paid|fee|cost|charge|fare|价格|价钱|收费|费用|付|钱)"
_QUALITY = r"(?:quality|质量|品质)"
_GIVEN = (
    r"(?:given|considering|for|in (?:relation|view) (?:to|of)|taking into account|"
    r"考虑到|给定|相对于|就|按|鉴于|基于|在)"
)
_LIMITS = {
    "given the price": re.compile(rf"{_GIVEN}(?:(?!{_QUALITY})[^,，;；。.?？]){{0,40}}?{_PRICE}"),
    "given the quality": re.compile(rf"{_GIVEN}(?:(?!{_PRICE})[^,，;；。.?？]){{0,60}}?{_QUALITY}"),
    "price given": re.compile(rf"{_PRICE} given"),
    "quality given": re.compile(rf"{_QUALITY} given"),
}
"""Price for the quality, and quality for the price, are asked in the same words: their order tells them apart."""


def concepts_of(text: str) -> frozenset[str]:
    """The concepts that a question, in lower case, speaks of."""
    found = {name for name, words in _CONCEPTS.items() if words.search(text)}
    if {"price", "quality"} <= found or ("price" in found and "service" in found):
        found |= _limited(text)
    return frozenset(found)


def _limited(text: str) -> set[str]:
    hits = {name: one.search(text) for name, one in _LIMITS.items()}
    if hits["price given"] or hits["quality given"]:
        return {"given the quality"} if hits["price given"] else {"given the price"}
    places = {name: hit.span() for name, hit in hits.items() if hit}
    return {min(places, key=places.__getitem__)} if places else set()
