"""What an event log says about stages, devices, payloads, the support desk, content and faults."""
