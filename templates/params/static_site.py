"""Parameters of a static site: files in S3 that CloudFront serves, and the paths beside them that services answer."""

from typing import Annotated, Literal

from msgspec import Meta

from templates.params.base import Domain, Scope, Section

# A path pattern of CloudFront: at most 255 characters (CloudFront Developer Guide: Cache behavior settings, Path pattern).
PathPattern = Annotated[
    str,
    Meta(
        pattern=r"^/[A-Za-z0-9_.*$/~\"'@:+&?-]{1,254}$",
        description="Path pattern of CloudFront: `*` stands for any characters, `?` for one.",
        examples=["/api/*"],
    ),
]


class Site(Section):
    """Static files that CloudFront serves. A release moves it to the files of another version, and back."""

    host: Annotated[Domain, Meta(description="Name of the site, in `domain`.", examples=["www.example.com"])]
    # CloudFront takes certificates from us-east-1 alone.
    certificate_arn: Annotated[
        str,
        Meta(
            pattern=r"^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+$",
            description="Certificate for `host`, in us-east-1.",
        ),
    ]
    paths: Annotated[
        tuple[PathPattern, ...],
        Meta(
            max_length=20,
            description="Paths that the load balancer answers, under the same host; a service has a route for them.",
        ),
    ] = ()
    hashed: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9_-]{0,30}$",
            description="Folder of files whose name holds a hash of their content. They are cached for a year and stay for pages that were opened before a release.",
        ),
    ] = "assets"
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"


class SiteParams(Section):
    """The stack of one static site."""

    scope: Scope
    name: str
    site: Site
    # The bucket of home that holds the files of every version, and its Region.
    bucket: str
    bucket_region: str
