"""Who must agree before something happens: flows, requests, decisions, delegation."""
