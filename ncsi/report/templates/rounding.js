// A figure in so many decimals, as everything else that is published rounds it: what lies exactly halfway goes to the even
// digit (toFixed takes it away from zero, and 81.25 would be 81.3 here and 81.2 in the report).
const rounded = (value, digits = 1) => {
  const away = value.toFixed(digits);
  const halfway = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  return halfway && Number(away.at(-1)) % 2 === 1 ? (value - Math.sign(value) * 2 ** -(digits + 6)).toFixed(digits) : away;
};
