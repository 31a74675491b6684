# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx settings for the documentation of this collection alone, without looking anything up elsewhere."""

from __future__ import annotations

project = "tenantops.partner_center"
copyright = "tenantops contributors"
extensions = ["sphinx_antsibull_ext"]
html_theme = "alabaster"
html_title = "tenantops.partner_center"
html_show_sphinx = False
nitpicky = False
suppress_warnings = ["ref.ref"]  # labels of the guides of Ansible, which are not part of this
