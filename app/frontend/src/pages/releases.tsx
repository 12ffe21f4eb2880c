/** All releases: search, filters that stand in the address, one page after the other, CSV. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { read, type Filters } from "../api/client";
import { useResource } from "../api/resource";
import type { ReleaseLine } from "../api/schema";
import { asked, Filter, FILTERS, filtersOf } from "../components/filters";
import { ReleaseTable } from "../components/release-table";
import { Empty, Loaded } from "../components/states";
import { count } from "../components/text";
import { Title } from "../components/title";
import { Views } from "../components/views";
import { usePreference } from "../preference";
import { address, Link, usePlace } from "../router";
import { ZONES } from "../time";

export function ReleasesPage(): JSX.Element {
  const { query } = usePlace();
  const filters = filtersOf(query);
  const zone = usePreference("zone", ZONES);
  const wanted = asked(filters, zone);
  const releases = useResource("/api/releases", { filters: wanted });
  const set = FILTERS.filter((name) => filters[name]).length;
  return (
    <>
      <Title title="Releases">
        {releases.data && `${count(releases.data.total, "release")}${set ? " fit the filters" : ""}, newest first.`}{" "}
        <a href={address("/api/releases.csv", wanted)} download>
          Download as CSV
        </a>
      </Title>
      <Filter filters={filters} names={FILTERS}>
        <Views />
      </Filter>
      <Loaded resource={releases} what="releases">
        {({ releases: first, cursor }) =>
          first.length ? (
            <Pages key={address("", wanted)} first={first} cursor={cursor} filters={wanted} />
          ) : set ? (
            <Empty title="No release fits these filters.">
              <Link to="/releases">Show all releases</Link>, or take one filter away.
            </Empty>
          ) : (
            <Empty title="The log has no release yet.">
              Publish a version. Then run <code>slipway deploy SERVICE ENVIRONMENT</code>.
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}

interface PagesProps {
  first: ReleaseLine[];
  cursor: string | null;
  filters: Filters;
}

/** The first page, which follows the news, and the older pages that the reader asked for. */
function Pages({ first, cursor, filters }: PagesProps): JSX.Element {
  const [older, setOlder] = useState<ReleaseLine[]>([]);
  const [next, setNext] = useState(cursor);
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // As long as nothing older was asked for, the first page knows best what comes after it.
    if (!older.length) setNext(cursor);
  }, [cursor, older.length]);
  const more = async (from: string) => {
    setBusy(true);
    try {
      const page = await read("/api/releases", { filters: { ...filters, cursor: from } });
      setOlder((old) => [...old, ...page.releases]);
      setNext(page.cursor);
      setFailed("");
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const known = new Set(first.map((release) => release.id));
  return (
    <>
      <div class="part">
        <ReleaseTable releases={[...first, ...older.filter((release) => !known.has(release.id))]} />
      </div>
      {failed && (
        <p class="problem" role="alert">
          {failed}
        </p>
      )}
      {next && (
        <button type="button" class="button more" disabled={busy} onClick={() => void more(next)}>
          {busy ? "Loading …" : "Show older releases"}
        </button>
      )}
    </>
  );
}
