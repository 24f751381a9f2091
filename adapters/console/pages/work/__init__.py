"""Pages of the daily work: today, refused rows, queue, doubts, quarantine, endpoints."""
