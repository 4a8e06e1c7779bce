"""One-time scripts on a device of the naive model, and payloads that wait for a restart."""

from sim.reference.decisions import Decision
from tests.kernel.oracle_spans import NEVER

NOT_MOVED = ("windows-10-1607", "windows-10-1703", "windows-10-1709", "windows-10-1803")
"""Systems that a streamlined package does not move in place (UPD-8)."""


class Scripts:
    """A part of `NaiveDevice`."""

    def begin_to_run(self):
        self.payload = self.traits.payload if self.traits.onboarded else ""
        self.waiting_payload = ""
        """A payload that arrived, to be used from the next restart."""
        self.written = ""
        """The payload that the last script wrote."""
        self.runs = {}
        """When each script that is known runs; NEVER once it ran."""
        self.script_starts = {}
        """When each is due, and how long after power-on it runs if it is late."""
        self.steps = {}

    def notice_scripts(self):
        wanted = self.then.scripts_for(self.number)
        for package in list(self.runs):
            if package not in wanted:
                del self.runs[package]
        for package in wanted:
            self.steps[package] = wanted[package]
            if package not in self.runs:
                window = self.assumed["script_window"]
                first = self.now + self.draw(f"script/{package}", 1, window)
                late = self.draw(f"missed_script/{package}", 1, max(1, window))
                self.script_starts[package] = first, late
                self.runs[package] = self.run_of(package)

    def run_of(self, package):
        """Return when a script runs: when it is due, or some time after power-on (TIM-7)."""
        first, late = self.script_starts[package]
        if self.on.holds(first):
            return first
        for start, end in self.on.spans:
            if start > first and start + late < end:
                return start + late
        return NEVER - 1

    def script_due(self):
        """Return the script to run now, the one deployed first."""
        return next((name for name, at in self.runs.items() if at <= self.now), None)

    def run_script(self, name):
        self.runs[name] = NEVER
        package, step = self.packages[name], self.steps[name]
        payload = package.payload_name
        refused = self._script_refusal(package)
        if refused is not None:
            words = {"cause": refused.cause, "rule": refused.rule}
            self.log("script_failed", **words, payload=payload, step=step)
            self.outcome("script_failed", refused.cause, payload, step)
            return
        self.log("script_ran", rule="UPD-9", payload=payload, step=step)
        self.written = payload
        if self.organization:
            self._receive_payload("payload_received", "UPD-1", payload)
            self.outcome("script_ran", payload, step)
        else:
            self.onboarded_with(payload, "UPD-9", "config_file", self.own_means())
            self.outcome("onboarded", payload)

    def _script_refusal(self, package):
        """Return why a script changes nothing: first what it is, then the device (UPD-7, UPD-8)."""
        way = self.way()
        if way.refused:
            return way
        for organization in (self.organization, self.own):
            if organization and organization != package.organization:
                return Decision("UPD-7", cause="other_organization")
        return self._unfit_for_script(way, package) or self._unready_for_script(package)

    def _unfit_for_script(self, way, package):
        """Return what the device lacks for good; a script brings no sensor with it (UPD-8)."""
        is_moved = self.organization != "" and package.connectivity == "streamlined"
        if way.route == "mma" or self.lacks(way.agent):
            cause = "payload_not_eligible" if is_moved else "sensor_missing"
            return Decision("UPD-8", cause=cause)
        if self.is_up_level() and self.traits.sensor == "absent":
            return Decision("UPL-5", cause="sensor_missing")
        if is_moved and self.traits.os in NOT_MOVED:
            return Decision("UPD-8", cause="payload_not_eligible")
        return None

    def _unready_for_script(self, package):
        """Return what keeps a device from onboarding by the script."""
        if self.organization:
            return None
        standing = self.may_take_part()
        if standing.refused:
            return standing
        if self.traits.elam_driver == "disabled":
            return Decision("UPL-4", cause="elam_driver_disabled")
        path = "network_streamlined" if package.connectivity == "streamlined" else "network"
        if getattr(self.traits, path) == "blocked":
            return Decision("FLT-2", cause="network_blocked")
        return None

    def _receive_payload(self, event, rule, payload, policy=""):
        if payload != (self.waiting_payload or self.payload):
            self.waiting_payload = "" if payload == self.payload else payload
            self.log(event, rule=rule, policy=policy, payload=payload)

    def is_drifted(self, policy):
        """Say whether a script wrote another payload than the policy hands out (UPD-4)."""
        own = self.packages[self.policies[policy].package].payload_name
        is_other = (self.waiting_payload or self.payload) != own
        return self.written != "" and is_other and self.scenario.rules.drift_reverted

    def revert(self, policy):
        own = self.packages[self.policies[policy].package].payload_name
        self.written = ""
        self._receive_payload("payload_reverted", "UPD-4", own, policy)
        self.outcome("payload_reverted", policy, own)

    def apply_payload(self):
        self.payload, self.waiting_payload = self.waiting_payload, ""
        self.log("payload_applied", rule="UPD-1", payload=self.payload)
        self.outcome("payload_applied", self.payload)
        self.look()
