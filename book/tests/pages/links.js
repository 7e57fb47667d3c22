// The links of the page that lead nowhere: to a file that is not there, or to a heading that is not in it.
(async () => {
    const dead = [];
    const found = new Map([[location.pathname, document]]);
    for (const link of document.querySelectorAll("a[href]")) {
        const url = new URL(link.href);
        if (url.origin !== location.origin) {
            continue;
        }
        if (!found.has(url.pathname)) {
            const answer = await fetch(url.pathname);
            const text = answer.ok ? await answer.text() : null;
            found.set(url.pathname, text && new DOMParser().parseFromString(text, "text/html"));
        }
        const target = found.get(url.pathname);
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (!target || (anchor && !target.getElementById(anchor))) {
            dead.push(link.getAttribute("href"));
        }
    }
    return dead;
})();
