# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx settings for the documentation of this collection alone, without looking anything up elsewhere."""

from __future__ import annotations

project = "tenantops.partner_center"
copyright = "tenantops contributors"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Partner Center collection"
html_show_sphinx = False
html_theme_options = {
    "source_repository": "https://github.com/tenantops/partner_center/",
    "source_branch": "main",
    "source_directory": "docs/",
    "top_of_page_buttons": [],
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
nitpicky = False
pygments_style = "default"
pygments_dark_style = "monokai"
suppress_warnings = [
    "ref.ref",  # labels of the guides of Ansible, which are not part of this
    "misc.highlighting_failure",  # samples of YAML with vault tags, and output
]
