// A list of tabs that works with a mouse and with the arrow keys.

export function setUpTabs(list, open) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function choose(tab) {
    for (const other of tabs) {
      other.setAttribute("aria-selected", other === tab);
      other.tabIndex = other === tab ? 0 : -1;
    }
    open(tab);
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const targets = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 };
      if (!(event.key in targets)) return;
      event.preventDefault();
      const target = tabs.at(targets[event.key] % tabs.length);
      choose(target);
      target.focus();
    });
  }
}
