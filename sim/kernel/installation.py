"""Installing an agent on a device: download, maintenance window, installer, interruptions.

Most of the time is spent waiting, and a device that waits is not busy. Its wait is kept as its
job, and the device continues the job when it is due (DWN-2, MMA-5, TIM-5, FLT-4).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simpy

from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Attempt, DeviceState, Job
from sim.reference.attempts import INSTALL, ONBOARDING, decide
from sim.reference.decisions import Decision
from sim.reference.routes import with_agent
from sim.units import Seconds

Answer = Generator[simpy.Event, Any, bool]
"""A process that ends with yes or no."""


@dataclass(frozen=True)
class Installation:
    """Downloads and installs the agents of one replication."""

    context: ReplicationContext
    wake: Callable[[DeviceState], None]
    """Makes a device check again what it has to do."""

    def work(self, env: simpy.Environment, device: DeviceState, length: Seconds) -> Answer:
        """Work for *length* seconds; return whether the computer was on until the end."""
        span = device.timetable.on.span_at(int(env.now))
        if span is None:
            return False
        off = span[1]
        if off is None or int(env.now) + length <= off:
            yield env.timeout(length)
            return True
        yield env.timeout(off - int(env.now))
        return False

    def install(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Answer:
        """Do what can be done now to install an agent; return whether it is installed.

        A download or a wait for the same agent continues.
        """
        job, agent = device.job, attempt.decision.agent
        is_waiting = job is not None and job.stage in ("content", "install")
        if job is not None and is_waiting and job.attempt.decision.agent == agent:
            job.attempt = attempt
            return False
        self.drop(device)
        if agent not in device.content:
            self._fetch(device, attempt, int(env.now))
            return False
        now = int(env.now)
        begins = self.context.opportunities.to_install(device, now, now)
        if begins != now:  # it comes back when the installer may run (TIM-5)
            device.job = Job(attempt, "install", begins, now)
            return False
        is_installed = yield from self._run_installer(env, device, attempt)
        return is_installed

    def _fetch(self, device: DeviceState, attempt: Attempt, now: Seconds) -> None:
        """Start the download of the installer; it stays in the client's cache.

        Where the content was not distributed, the device waits for it until it moves (DWN-2).
        """
        content = self.context.assumed[f"{attempt.decision.agent}_content"]
        point = self.context.points(device)
        if point is None:
            device.job = Job(attempt, "content")
            return
        device.job = Job(attempt, "content", remaining=point.download_time(content), point=point)
        self._ask(device, device.job, now)

    def _ask(self, device: DeviceState, job: Job, now: Seconds) -> None:
        """Request a slot if connected to the site; request again on the next day without one."""
        connected = device.timetable.connected
        span = connected.span_at(now)
        if span is None:
            job.due = connected.on_at_or_after(now)
            return
        job.due = None if span[1] is None else connected.on_at_or_after(span[1])
        assert job.point is not None
        job.point.request(device.traits.name, partial(self._granted, device, job, job.requests))

    def _granted(self, device: DeviceState, job: Job, request: int) -> bool:
        """Take a slot if the device is still connected and this is its latest request."""
        assert job.point is not None
        now = job.point.now
        span = device.timetable.connected.span_at(now)
        if device.job is not job or job.requests != request or span is None:
            return False
        done = now + job.remaining
        job.slot_since = now
        job.due = done if span[1] is None else min(done, span[1])
        self.wake(device)
        return True

    def fetch_on(self, device: DeviceState, job: Job, now: Seconds) -> None:
        """Continue a download: it is complete, or it was interrupted and needs a slot again."""
        job.requests += 1
        if job.slot_since is not None and job.point is not None:
            job.point.release()
            job.remaining -= now - job.slot_since
            job.slot_since = None
        if job.remaining > 0:
            self._ask(device, job, now)
            return
        decision = job.attempt.decision
        device.content |= {decision.agent}
        device.job = None
        waits_for = self.waits_for_window(device, now)
        self.context.record_for(
            device, job.attempt.assignment, now, "content_downloaded", decision.rule, waits_for
        )
        device.job = Job(job.attempt, "install", now)

    def waits_for_window(self, device: DeviceState, now: Seconds) -> str:
        """Return the cause of the wait if no maintenance window allows an install now."""
        if not self.context.opportunities.bind_installs(device, now):
            return ""
        begins = self.context.opportunities.to_install(device, now, now)
        return "" if begins == now else "awaiting_maintenance_window"

    def _run_installer(
        self, env: simpy.Environment, device: DeviceState, attempt: Attempt
    ) -> Answer:
        """Run the installer; it is retried if interrupted or failed (DWN-4, DWN-5, FLT-4)."""
        assignment, decision = attempt.assignment, attempt.decision
        self.context.record_for(device, assignment, int(env.now), "install_started", decision.rule)
        length = max(1, self.context.assumed[f"{decision.agent}_install"])
        is_done = yield from self.work(env, device, length)
        now = int(env.now)
        if not is_done:
            again = self.context.opportunities.to_install(device, now, now)
            device.job = Job(attempt, "install", again, now)
            return False
        package = self.context.package(device, assignment, now)
        facts = self.context.facts(
            device, package, now, route=decision, workspace=attempt.workspace
        )
        failure = decide(ONBOARDING, facts, INSTALL)
        if failure is None and self.context.attempt_fails(device, "install_failure_share"):
            failure = Decision("FLT-4", cause="install_failed")
        if failure is not None:
            self.context.fail(device, assignment, now, "install_failed", failure)
            retry = now + self.context.assumed["install_retry_interval"]
            again = self.context.opportunities.to_install(device, retry, now)
            device.job = Job(attempt, "retry", again, retry)
            return False
        device.agent = with_agent(device.agent, decision.agent)
        if decision.agent == "mma":
            device.agent_version = ""
        self.context.record_for(device, assignment, now, "agent_installed", decision.rule)
        self.context.changed(device.number, now)
        return True

    def drop(self, device: DeviceState) -> None:
        """Drop the device's job, and free its slot at the distribution point."""
        job, device.job = device.job, None
        if job is not None and job.slot_since is not None and job.point is not None:
            job.point.release()

    def look_again(self, device: DeviceState, now: Seconds) -> None:
        """Check at a poll whether the device's maintenance windows have changed (TIM-5)."""
        job = device.job
        if job is not None and job.stage == "install":
            job.due = self.context.opportunities.to_install(device, now, now)

    def reschedule(self, device: DeviceState, now: Seconds) -> None:
        """Compute again when a job continues, because the device's presence or place changed."""
        job = device.job
        if job is None:
            return
        if job.stage == "content":
            self.drop(device)
            point = self.context.points(device)
            if job.point is None or point is None:
                self._fetch(device, job.attempt, now)
            else:
                device.job = Job(job.attempt, "content", now, remaining=job.remaining, point=point)
        elif job.stage == "register":
            job.due = device.timetable.on.on_at_or_after(now)
        else:
            earliest = max(now, job.earliest)
            job.due = self.context.opportunities.to_install(device, earliest, now)
