// Swaps the sections that changed; everything else of the page is the workspace's own.
import { parsed } from "/static/net.js";

const cloud = document.querySelector("[data-cloud]");
if (cloud) {
  const stream = new EventSource(cloud.dataset.cloud);
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    const place = document.getElementById(told.id);
    if (!place) return;
    const scrolled = place.querySelector(".scroll")?.scrollLeft || 0;
    place.replaceChildren(parsed(told.html));
    const list = place.querySelector(".scroll");
    if (list) list.scrollLeft = scrolled;
  };
  stream.onopen = () => cloud.classList.remove("is-away");
  stream.onerror = () => cloud.classList.add("is-away");
}
