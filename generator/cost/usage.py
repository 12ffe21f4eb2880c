"""All assumptions behind an estimate: idle, typical and full use in a month."""

from msgspec import Struct

from generator.cost.model import Range, steady


class Usage(Struct, frozen=True):
    """How much an environment is used. Traffic grows with the tasks behind the load balancer, which scale with it."""

    hours: float = 730.0  # 365 days in 12 months
    # A task answers this many requests a second, averaged over the month. 1 is 2.6 million a month.
    requests_per_second: Range = Range(0.0, 1.0, 5.0)
    response_kb: float = 10.0
    log_bytes_per_request: float = 250.0
    # What a task logs without any traffic, in GB.
    log_gb_per_task: Range = steady(0.02)
    # Log groups of functions, events, databases and the trail.
    quiet_log_gb: Range = Range(0.0, 0.05, 1.0)
    flow_log_gb: Range = Range(0.02, 0.3, 5.0)
    # What leaves through NAT: log lines, calls to AWS and to others. Image layers come through the S3 endpoint.
    nat_gb_per_task: Range = Range(0.2, 1.0, 10.0)
    endpoint_gb: Range = Range(0.2, 2.0, 20.0)
    # Internet traffic that AWS gives every account each month (EC2 pricing: Data Transfer).
    free_out_gb: float = 100.0
    bucket_gb: Range = Range(0.0, 1.0, 20.0)
    repository_gb: Range = Range(0.2, 1.5, 2.0)
    table_reads_million: Range = Range(0.0, 0.5, 20.0)
    table_writes_million: Range = Range(0.0, 0.1, 5.0)
    table_gb: Range = Range(0.0, 0.5, 10.0)
    # A queue that is polled for 20 seconds at a time sees 0.13 million requests a month from each reader.
    queue_million: Range = Range(0.13, 0.2, 2.0)
    function_million: Range = Range(0.0, 0.01, 1.0)
    function_seconds: float = 0.1
    # Hours a month that experiments run are people's choice: none are assumed.

    def requests_million(self, tasks: Range) -> Range:
        """Requests a month that this number of tasks answers, in millions."""
        return self.requests_per_second.each(tasks) * (self.hours * 3600 / 1e6)

    def out_gb(self, tasks: Range) -> Range:
        """Answers to the Internet, in GB a month."""
        return self.requests_million(tasks) * self.response_kb

    def log_gb(self, tasks: Range, serving: Range) -> Range:
        """What this number of tasks logs, some of which serve requests, in GB a month."""
        return self.requests_million(serving) * (self.log_bytes_per_request / 1000) + self.log_gb_per_task.each(tasks)
