// Waits until the search is ready for words.
new Promise((ready) => {
    const fetched = document.getElementById("mdbook-search-index");
    if (window.search.index) {
        ready();
    } else {
        fetched.addEventListener("load", ready);
    }
});
