// Package frame defines the size of messages to the control plane.
package frame

// MaxData is the number of content bytes in one message. With the rest of the message they fit into
// 32 KiB, the second largest of gRPC's pooled buffers: for more, gRPC uses one of 1 MiB and clears
// it (google.golang.org/grpc/mem), which a small guest cannot afford when forty processes print at
// once.
const MaxData = 32<<10 - 256
