// Package frame knows how large the messages to the control plane should be.
package frame

// MaxData is how many bytes of content one message carries. With the rest of the message they fit into 32 KiB, the
// second largest of gRPC's pooled buffers: for any more, gRPC takes one of 1 MiB and clears it (google.golang.org/grpc/mem),
// which forty processes that print at once cannot have in a small guest.
const MaxData = 32<<10 - 256
