// The accessibility rules that the page breaks as it looks now, each with the first element that does.
(async () => {
    const picture = () => new Promise(requestAnimationFrame);
    // The page hears of other colours with its next picture, and shows them with the one after.
    await picture();
    await picture();
    // A theme may bring a style sheet that is not here yet.
    const sheets = [...document.querySelectorAll("link[rel='stylesheet']")];
    while (!sheets.every((link) => link.disabled || link.sheet)) {
        await picture();
    }
    const { violations } = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.map(({ id, nodes: [first, ...others] }) => {
        const why = first.failureSummary.replace(/\s+/g, " ");
        return `${id}: ${first.html.slice(0, 120)} (${why}) and ${others.length} more`;
    });
})();
