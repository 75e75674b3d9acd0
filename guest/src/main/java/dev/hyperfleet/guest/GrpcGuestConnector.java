package dev.hyperfleet.guest;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestConnector;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Connects to agents with gRPC over a Unix socket of the VMM: that of its virtio-serial port (QEMU) or of its vsock
 * device (Firecracker). One thread serves the sockets of all machines. A lost connection is re-established when it is
 * next needed.
 */
public final class GrpcGuestConnector implements GuestConnector, AutoCloseable {
    /** Large enough for lists of a thousand files or processes. */
    private static final int MAX_MESSAGE_BYTES = 3 << 20;

    /** The unread bytes that an agent may send on one stream: beyond that its process waits. */
    private static final int WINDOW_BYTES = 256 << 10;

    private static final int MAX_METADATA_BYTES = 8 << 10;

    private final Function<MachineId, Path> agentSockets;
    private final RandomGenerator random;
    private final RestoreCheck check = new RestoreCheck();
    private final EventLoopGroup sockets = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Connects to the agents of a host's machines.
     *
     * @param agentSockets the Unix socket of a machine's agent on the host
     */
    public GrpcGuestConnector(Function<MachineId, Path> agentSockets, RandomGenerator random) {
        this.agentSockets = agentSockets;
        this.random = random;
    }

    @Override
    public Guest connect(MachineId id) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(agentSockets.apply(id)))
                .channelFactory(this::open)
                .eventLoopGroup(sockets)
                .executor(calls)
                .overrideAuthority("agent")
                .usePlaintext()
                .disableRetry()
                .flowControlWindow(WINDOW_BYTES)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .build();
        return new GrpcGuest(id, channel, check);
    }

    private Channel open() {
        Channel channel = new NioDomainSocketChannel();
        channel.pipeline().addFirst(new SessionGreeting(random));
        return channel;
    }

    @Override
    public void close() {
        var _ = sockets.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        calls.shutdownNow();
    }
}
