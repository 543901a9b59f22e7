"""The window around the pages and what all pages share: navigation, commands, messages, theme, layout memory."""
