"""Inventories of real fleets: exports of the site and of the portal, read and written."""
