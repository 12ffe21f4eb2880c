import type { JSX } from "preact";
import { Title } from "../components/title";
import { Link } from "../router";

export function Missing(): JSX.Element {
  return (
    <>
      <Title title="Not found" />
      <p>
        There is no page under this address. Go to the <Link to="/">overview</Link>, or search in{" "}
        <Link to="/releases">Releases</Link>.
      </p>
    </>
  );
}
