/* SPDX-License-Identifier: GPL-3.0-or-later */
"use strict";
(function () {
  const filter = document.getElementById("filter");
  const query = document.getElementById("query");
  const shown = document.getElementById("shown");
  if (!filter || !query || !shown) {
    return; /* a template without a filter */
  }
  const boxes = Array.from(filter.querySelectorAll("input[type=checkbox]"));
  const number = new Intl.NumberFormat("en");

  /* Without accents and case, so that "jurgen" also finds the name with an umlaut. */
  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  let index = null;
  function customers() {
    index = index || Array.from(document.querySelectorAll(".customer"), (element) => {
      const heading = fold(Array.from(element.querySelectorAll(":scope > summary > h3, :scope > p"), (part) => part.textContent).join("\n"));
      const users = Array.from(element.querySelectorAll(".users > li"), (user) => (
        {element: user, status: user.dataset.mark, heading: heading, text: null, visible: true}
      ));
      const groups = new Map(Array.from(element.querySelectorAll(".group"), (group) => ([group, {
        element: group, users: [], said: fold(Array.from(group.querySelectorAll(":scope > .said"), (part) => part.textContent).join("\n"))
      }])));
      for (const user of users) {
        user.group = groups.get(user.element.closest(".group"));
        user.group.users.push(user);
      }
      return {element: element, heading: heading, users: users, groups: groups, hits: element.querySelector(".hits")};
    });
    return index;
  }

  /* The text is read when it is first needed: a large page is there sooner that way. */
  function holds(user, words) {
    if (words.length && user.text === null) {
      user.text = [user.heading, user.group.said, fold(user.element.textContent)].join("\n");
    }
    return words.every((word) => user.text.includes(word));
  }

  function apply() {
    const words = fold(query.value).split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const filtered = words.length > 0 || wanted.size < boxes.length;
    const found = {};
    let all = 0;
    let visible = 0;
    for (const customer of customers()) {
      let here = 0;
      for (const user of customer.users) {
        const matches = holds(user, words);
        if (matches) {
          found[user.status] = (found[user.status] || 0) + 1;
        }
        const show = matches && wanted.has(user.status);
        if (show !== user.visible) {
          user.visible = show;
          user.element.hidden = !show;
        }
        here += show ? 1 : 0;
      }
      for (const group of customer.groups.values()) {
        group.element.hidden = !group.users.some((user) => user.visible);
      }
      const empty = customer.users.length === 0 && words.every((word) => customer.heading.includes(word));
      customer.element.hidden = filtered && here === 0 && !empty;
      customer.hits.textContent = filtered ? number.format(here) + " of " + number.format(customer.users.length) + " shown" : "";
      all += customer.users.length;
      visible += here;
    }
    for (const box of boxes) {
      box.parentElement.querySelector("output").textContent = number.format(found[box.value] || 0);
    }
    document.getElementById("nothing").hidden = !filtered || visible > 0;
    shown.textContent = number.format(visible) + " of " + number.format(all) + (all === 1 ? " user" : " users") + " shown";
  }

  /* Rows stay in their group: what becomes of them, and why, is said once for all of them. */
  const sort = document.getElementById("sort");
  const collator = new Intl.Collator("en", {numeric: true, sensitivity: "base"});
  const declared = new Map();
  function order() {
    const part = {display: ".display", name: ".name", place: ".place"}[sort.value];
    for (const list of document.querySelectorAll(".users")) {
      const rows = Array.from(list.children);
      rows.forEach((row, place) => declared.has(row) || declared.set(row, place));
      const keys = new Map(rows.map((row) => [row, part ? (row.querySelector(part) || row.querySelector(".name")).textContent : ""]));
      rows.sort((one, other) => collator.compare(keys.get(one), keys.get(other)) || declared.get(one) - declared.get(other));
      list.append(...rows);
    }
  }
  sort.addEventListener("change", order);

  let timer = 0;
  query.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 120);
  });
  for (const box of boxes) {
    box.addEventListener("change", apply);
  }
  document.getElementById("reset").addEventListener("click", () => {
    query.value = "";
    for (const box of boxes) {
      box.checked = true;
    }
    sort.value = "";
    order();
    apply();
    query.focus();
  });

  if (sort.value) {
    order();
  }
  filter.hidden = boxes.length === 0;
  apply(); /* a browser may have kept what was typed before the page was loaded again */
}());
