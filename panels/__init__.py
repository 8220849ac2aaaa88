"""The sidebar and the preferences; they draw state and decide nothing."""
