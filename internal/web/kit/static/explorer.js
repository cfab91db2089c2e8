// @ts-check
// The API explorer without reloading its page: the form is sent as it would be anyway,
// and what the server answers takes the page's place. It also completes paths from the
// table of calls, and writes the fields that are ticked. Everything works without it.
"use strict";

(() => {
  /** @typedef {{on: string[], edge?: string, method: string, about: string}} Row */
  /** @typedef {{name: string, mods: string, sub: Chosen[], has: boolean}} Chosen */

  if (location.pathname !== "/tools/explorer") history.replaceState(null, "", "/tools/explorer"); // where a login ended is over

  /** @param {string} id */
  const input = (id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id));
  const form = () => /** @type {HTMLFormElement} */ (document.getElementById("explorer"));

  let busy = false;

  document.addEventListener("submit", (event) => {
    const submitter = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (event.target !== form() || submitter?.hasAttribute("data-leave")) return;
    event.preventDefault();
    if (!busy) send(submitter);
  });

  /** @param {HTMLButtonElement | null} submitter */
  function send(submitter) {
    busy = true;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form(), submitter)) body.append(name, String(value));
    form().setAttribute("aria-busy", "true");
    const call = new XMLHttpRequest(); // which makes a document of an answer, as fetch does not
    call.open("POST", form().action);
    call.responseType = "document";
    call.addEventListener("loadend", () => {
      busy = false;
      form().removeAttribute("aria-busy");
      const main = call.responseXML?.getElementById("explorer") && call.responseXML.getElementById("main");
      if (main) swap(main, submitter);
      else leave(submitter); // a login, or an error: as a page of its own
    });
    call.send(body);
  }

  /**
   * Sends the form as the browser does without this script.
   * @param {HTMLButtonElement | null} submitter
   */
  function leave(submitter) {
    if (submitter) {
      const chosen = document.createElement("input");
      chosen.type = "hidden";
      chosen.name = submitter.name;
      chosen.value = submitter.value;
      form().append(chosen);
    }
    form().submit();
  }

  /**
   * @param {HTMLElement} main
   * @param {HTMLButtonElement | null} submitter
   */
  function swap(main, submitter) {
    const open = new Map([...document.querySelectorAll("details[id]")].map((d) => [d.id, d.hasAttribute("open")]));
    const shown = input("token-shown")?.checked ?? false;
    const back = document.activeElement?.id ?? "";
    const asked = submitter?.name !== "do" || submitter.value === "call";
    const answered = document.getElementById("answered");
    if (answered && !asked && !main.querySelector("#answered")) main.querySelector("#requested")?.after(document.adoptNode(answered)); // it is an answer still
    document.getElementById("main")?.replaceWith(document.adoptNode(main));
    for (const [id, was] of open) {
      if (was && !id.startsWith("get-")) document.getElementById(id)?.setAttribute("open", "");
    }
    const box = input("token-shown");
    if (box) box.checked = shown;
    ready();
    document.dispatchEvent(new Event("swap"));
    const to = document.querySelector("#problems a, [aria-invalid]") ?? (asked && document.getElementById("answer")) ?? document.getElementById(back);
    if (to instanceof HTMLElement) to.focus();
    else document.getElementById("main")?.focus();
  }

  // Completion.

  /** @type {Promise<Row[]> | undefined} */
  let table;
  const rows = () => table ??= fetch(form().dataset.calls ?? "", { credentials: "omit" }).then((r) => r.json());

  /** @type {Map<string, Promise<string>>} */
  const kinds = new Map();

  /**
   * The kind of a node: as the form knows it, or as the node says of itself.
   * @param {string} node
   * @param {string} version
   * @returns {Promise<string>}
   */
  function kindOf(node, version) {
    if (node === "app") return Promise.resolve("app");
    for (const known of document.querySelectorAll('input[name="kindof"]')) {
      const [id, kind] = /** @type {HTMLInputElement} */ (known).value.split(" ");
      if (id === node && kind) return Promise.resolve(kind);
    }
    const token = input("f-token")?.value.trim() ?? "";
    if (!token || node !== "me" && !/^(act_)?\d{3,20}$/.test(node)) return Promise.resolve("");
    const key = node + " " + token;
    let kind = kinds.get(key);
    if (!kind) {
      const address = (version && "/" + version) + "/" + node + "?fields=id&metadata=1";
      kind = fetch(address, { headers: { authorization: "Bearer " + token }, credentials: "omit", cache: "no-store" })
        .then((r) => r.json()).then((body) => body.metadata?.kind ?? "", () => "");
      kinds.set(key, kind);
    }
    return kind;
  }

  async function complete() {
    const field = input("f-path");
    const method = input("f-method")?.value ?? "";
    const match = /^\/?(?:(v\d+\.\d+)\/)?([^/?]+)\//.exec(field?.value ?? "");
    const node = match?.[2];
    if (!field || !node) return;
    const version = match[1] ?? input("f-version")?.value ?? "";
    const [list, kind] = await Promise.all([rows(), kindOf(node, version)]);
    const paths = document.getElementById("paths");
    if (!paths || !kind) return;
    const have = new Set([...paths.children].map((o) => o.getAttribute("value")));
    for (const row of list) {
      const path = node + "/" + row.edge;
      if (!row.edge || row.method !== method || !row.on.includes(kind) || have.has(path)) continue;
      const option = document.createElement("option");
      option.value = path;
      paths.append(option);
    }
  }

  // Fields: the same reading as the server's.

  /**
   * @param {string} text
   * @returns {Chosen[]}
   */
  function parse(text) {
    let at = 0;
    /** @returns {Chosen[]} */
    const list = () => {
      /** @type {Chosen[]} */
      const out = [];
      while (at < text.length && text[at] !== "}") {
        const name = /^[^.,{}()]*/.exec(text.slice(at))?.[0] ?? "";
        at += name.length;
        const from = at;
        for (let open = 0; at < text.length && (open > 0 || !",{}".includes(text.charAt(at))); at++) {
          if (text[at] === "(") open++;
          if (text[at] === ")") open--;
        }
        /** @type {Chosen} */
        const chosen = { name: name.trim(), mods: text.slice(from, at), sub: [], has: text[at] === "{" };
        if (chosen.has) {
          at++;
          chosen.sub = list();
          if (text[at] === "}") at++;
        }
        if (chosen.name || chosen.mods || chosen.has) out.push(chosen);
        if (text[at] === ",") at++;
      }
      return out;
    };
    return list();
  }

  /**
   * @param {Chosen[]} list
   * @returns {string}
   */
  const print = (list) => list.map((c) => c.name + c.mods + (c.has ? "{" + print(c.sub) + "}" : "")).join(",");

  /**
   * @param {Chosen[]} list
   * @param {string[]} path
   * @param {boolean} on
   */
  function set(list, path, on) {
    const [name = "", ...rest] = path;
    let c = list.find((x) => x.name === name);
    if (!c && !on) return;
    if (!c) {
      c = { name, mods: "", sub: [], has: false };
      list.push(c);
    } else if (rest.length === 0 && !on) {
      list.splice(list.indexOf(c), 1);
    }
    if (rest.length > 0) {
      set(c.sub, rest, on);
      c.has = c.sub.length > 0;
    }
  }

  /** @param {HTMLInputElement} box */
  function tick(box) {
    const fields = input("f-fields");
    if (!fields) return;
    const list = parse(fields.value);
    set(list, box.value.split("."), box.checked);
    fields.value = print(list);
    // What is written already the server need not write.
    const before = box.parentElement?.querySelector(':scope > input[name="was"]');
    if (!box.checked) before?.remove();
    else if (!before) {
      const was = document.createElement("input");
      was.type = "hidden";
      was.name = "was";
      was.value = box.value;
      box.before(was);
    }
  }

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.name === "field") tick(field);
    if (!(field instanceof HTMLSelectElement)) return;
    const choose = document.getElementById(field.dataset.choose ?? "");
    if (choose instanceof HTMLButtonElement) form().requestSubmit(choose);
    if (field.name === "method") complete();
  });
  document.addEventListener("input", (event) => {
    if (event.target === input("f-path")) complete();
  });

  function ready() {
    const choose = document.getElementById("choose");
    if (choose) choose.hidden = true; // choosing does it
  }
  ready();
})();
