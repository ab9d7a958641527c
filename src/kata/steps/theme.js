// Follow the theme of the notebook that shows the page in a frame; elsewhere, that of the browser.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const notebook = () => {
    try { return window.parent === window ? null : window.parent.document.body; }
    catch { return null; }  // of another origin, which tells nothing
  };
  const isDark = () => {
    const { jpThemeLight, vscodeThemeKind } = notebook()?.dataset ?? {};
    if (jpThemeLight) return jpThemeLight === "false";  // JupyterLab
    if (vscodeThemeKind) return /dark$|contrast$/.test(vscodeThemeKind);
    return dark.matches;
  };
  const follow = () => { document.documentElement.dataset.theme = isDark() ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
  const body = notebook();
  if (body) new MutationObserver(follow).observe(body, { attributes: true });
}
