"""One-time scripts on a device of the naive model, and payloads that wait for a restart."""

from sim.reference.decisions import Decision
from sim.reference.gates import organization_gate, payload_gate
from tests.kernel.oracle_spans import NEVER, occurrences


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
        self.steps = {}

    def notice_scripts(self):
        wanted = self.then.scripts_for(self.number)
        for package in list(self.runs):
            if package not in wanted:
                del self.runs[package]
        for package in wanted:
            self.steps[package] = wanted[package]
            if package not in self.runs:
                self.runs[package] = self._run_of(package)

    def _run_of(self, package):
        window = self.assumed["script_window"]
        first = self.now + self.draw(f"script/{package}", 1, window)
        longest = max(1, self.assumed["missed_evaluation_window"])

        def late(number):
            return self.streams.between(f"missed_script/{package}", self.key, 1, longest, number)

        until = self.scenario.horizon
        return next(iter(occurrences(self.on, first, NEVER, until, late)), NEVER - 1)

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
            self.onboarded_with(payload, "UPD-9", "config_file")
            self.outcome("onboarded", payload)

    def _script_refusal(self, package):
        standing = self.may_take_part()
        if standing.refused:
            return standing
        refused = organization_gate(self.organization, package.organization)
        refused = refused or organization_gate(self.own, package.organization)
        way = self.way()
        if refused is None and (way.route == "mma" or self._lacks(way.agent)):
            refused = Decision("UPD-8", cause="payload_not_eligible")
        refused = refused or payload_gate(
            self.traits.os,
            way.route,
            connectivity=package.connectivity,
            onboarded=self.organization != "",
        )
        if refused is None and not self.organization:
            refused = self.lasting_refusal(way, "present")
        return refused

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
