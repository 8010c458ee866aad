"""What `stripe-netsuite doctor` looks at: settings and both sides, reading only, each finding with what to mend."""
