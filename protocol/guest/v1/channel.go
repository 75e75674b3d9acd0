package guestv1

// The agreed values of channel.json; tests on both sides compare theirs with it.
const (
	// ProtocolVersion is the version of the protocol that is described in this folder.
	ProtocolVersion = 5
	// SessionGreeting begins the line that begins a session: this, a nonce, and the end of the line.
	SessionGreeting = "hyperfleet-session-1 "
	// SessionNonceDigits is how many hexadecimal digits a nonce has.
	SessionNonceDigits = 32
	// VsockPort is the port on which the agent listens, and the host's port that it connects to when it does.
	VsockPort = 1024
	// SerialPort is the name of the virtio-serial port.
	SerialPort = "hyperfleet.agent"
	// SpoiltBoot is the last message on the console of a boot that is worth repeating.
	SpoiltBoot = "hyperfleet-agent: no timer fires"
)
