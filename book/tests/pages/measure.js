// How many characters the lines of prose have: those that are full, that is, all but the last of a paragraph.
(() => {
    const lines = [];
    for (const paragraph of document.querySelectorAll("main > p")) {
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        const word = document.createRange();
        let [line, left] = ["", -Infinity];
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            for (const match of text.data.matchAll(/\S+\s*/g)) {
                word.setStart(text, match.index);
                word.setEnd(text, match.index + match[0].trimEnd().length);
                const start = word.getClientRects()[0].left;
                if (start < left) {
                    lines.push(line.trimEnd().length);
                    line = "";
                }
                [line, left] = [line + match[0].replace(/\s+/g, " "), start];
            }
        }
    }
    return lines;
})();
