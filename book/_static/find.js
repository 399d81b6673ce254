// The search page: hits lead to sections, and what is said fits this book.
"use strict";

// From a folder, a page may not read other pages: the results come without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// An excerpt is from the text, without the buttons above it and the LaTeX behind a formula.
const textOf = Search.htmlToText;
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const others = ".bd-header-article, #jb-print-docs-body, .bd-sidebar-secondary, annotation";
  page.querySelectorAll(others).forEach((element) => element.remove());
  // A name may have dots, which a selector takes for classes.
  return textOf(page.documentElement.outerHTML, anchor && `#${CSS.escape(anchor.slice(1))}`);
};

// How often the words stand in each section that has them all; a word's beginning is enough.
const sectionsWith = (words) => {
  const found = words.map((word) => {
    const places = new Map();
    for (const [stem, counts] of Object.entries(SECTIONS.words)) {
      if (stem !== word && !(word.length > 2 && stem.includes(word))) continue;
      for (let i = 0; i < counts.length; i += 2) {
        places.set(counts[i], (places.get(counts[i]) || 0) + counts[i + 1]);
      }
    }
    return places;
  });
  const all = [...(found[0]?.keys() ?? [])].filter((place) => found.every((f) => f.has(place)));
  return new Map(all.map((p) => [p, Math.min(...found.map((f) => f.get(p)))]));
};

// Of each page with a hit, its three best sections; the page itself where no section has all.
const MOST = 3;
const onPages = Search.performTermsSearch;
Search.performTermsSearch = (searchTerms, excludedTerms) => {
  const often = sectionsWith([...searchTerms]);
  return onPages(searchTerms, excludedTerms).flatMap((hit) => {
    const [page, title, , descr, score, file] = hit;
    const best = [...often.keys()].filter((place) => SECTIONS.places[place][0] === page);
    best.sort((a, b) => often.get(b) - often.get(a));
    if (!best.length) return [hit];
    return best.slice(0, MOST).map((place) => {
      const [, anchor, name] = SECTIONS.places[place];
      const whole = name.endsWith(title) ? name : `${title} › ${name}`;
      return [page, whole, anchor, descr, score + Math.min(often.get(place), 20) / 100, file];
    });
  });
};

Object.assign(Documentation.TRANSLATIONS, {
  "Search finished, found ${resultCount} page(s) matching the search query.":
    "Search finished, found ${resultCount} places in the book.",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "Nothing in the book has all of these words. Try one of them alone, or a shorter form; the contents and the index list everything.",
});
