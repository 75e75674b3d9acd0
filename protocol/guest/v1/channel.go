package guestv1

// What channel.json has for both sides of the channel; tests on both compare theirs with it.
const (
	// ProtocolVersion is the version of the protocol that is described in this folder.
	ProtocolVersion = 4
	// SessionGreeting begins the line that begins a session: this, a nonce, and the end of the line.
	SessionGreeting = "hyperfleet-session-1 "
	// SessionNonceDigits is how many hexadecimal digits a nonce has.
	SessionNonceDigits = 32
	// VsockPort is where the agent listens, and the port of the host's that it connects to when it does.
	VsockPort = 1024
	// SerialPort is the name of the virtio-serial port.
	SerialPort = "hyperfleet.agent"
	// SpoiltBoot is what the console says last of a boot that is worth repeating.
	SpoiltBoot = "hyperfleet-agent: no timer fires"
)
