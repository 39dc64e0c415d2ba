"""The country that results are drawn on: its provinces, and their borders as a publisher's file gives them."""
