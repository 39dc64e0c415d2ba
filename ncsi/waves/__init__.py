"""Field work of a wave: answers against quotas, its pace, agencies side by side, the board that shows them."""
