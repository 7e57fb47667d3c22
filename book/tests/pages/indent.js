// Lines of code whose second row begins left of their first, or level with it.
[...document.querySelectorAll("main pre > code > .line")].filter((line) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    const rows = [...range.getClientRects()].filter((row) => row.width > 0);
    const first = rows[0]?.top;
    const below = rows.filter((row) => row.top > first + 4);
    const begin = parseFloat(getComputedStyle(line).getPropertyValue("--indent")) || 0;
    const width = parseFloat(getComputedStyle(line).paddingInlineStart) / (begin + 4);
    const left = line.getBoundingClientRect().left + begin * width;
    return below.some((row) => row.left < left + 2);
}).map((line) => line.textContent);
