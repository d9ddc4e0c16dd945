"""Policy bundles: what their files say, and how frames are fitted to them, with numpy alone."""
