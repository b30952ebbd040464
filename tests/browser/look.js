// What is wrong with a page, seen from inside. Loaded into every page before its own scripts (tests.browser.visitor).

document.addEventListener("securitypolicyviolation", (event) => {
  console.error("content security policy:", event.violatedDirective, event.blockedURI);
});

window.look = {
  // A button outside of a form that no script knows, a link that leads nowhere.
  dead() {
    const hasFunction = (element) => {
      if (element.matches("a")) return !["", "#", null].includes(element.getAttribute("href"));
      if (element.disabled || element.form) return true;
      return element.getAttributeNames().some((name) => /^(data-|hx-|aria-controls$)/.test(name));
    };
    return [...document.querySelectorAll("button, a, [role=button]")]
      .filter((element) => !hasFunction(element))
      .map((element) => element.outerHTML.slice(0, 160));
  },

  // Where the page can be pushed sideways: what reaches beyond the window and lies in nothing that scrolls by itself.
  sideways() {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => element !== null
      && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
      .slice(0, 3)
      .map((element) => element.outerHTML.slice(0, 120));
  },

  // Pieces of text, and what is read out or shown on touch; not what is marked as in another language.
  texts() {
    const found = [document.title];
    const isOurs = (element) => !element.closest("script, style, textarea, body [lang]");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      if (text && isOurs(walker.currentNode.parentElement)) found.push(text);
    }
    for (const name of ["aria-label", "title", "placeholder"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        if (isOurs(element)) found.push(element.getAttribute(name));
      }
    }
    return found;
  },
};
