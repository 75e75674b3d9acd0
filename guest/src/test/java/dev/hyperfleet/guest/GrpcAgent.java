package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachineLayout;
import dev.hyperfleet.guest.v1.AgentGrpc.AgentImplBase;
import dev.hyperfleet.guest.v1.ExecRequest;
import dev.hyperfleet.guest.v1.ExecResponse;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import dev.hyperfleet.guest.v1.ShutdownResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A real gRPC server, reached through a socket that answers the greeting as the agent does. */
final class GrpcAgent implements AutoCloseable {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Server server;
    private final FakeAgent port;

    /** How the greeting is answered, before gRPC begins. */
    interface Answer {
        void to(String greeting, SocketChannel connection) throws IOException;
    }

    static GrpcAgent of(MachineId id, MachineLayout layout, AgentImplBase service) {
        return of(id, layout, service, (greeting, connection) -> FakeAgent.write(connection, greeting));
    }

    static GrpcAgent of(MachineId id, MachineLayout layout, AgentImplBase service, Answer answer) {
        return new GrpcAgent(layout.of(id).agentSocket(), service, answer);
    }

    private GrpcAgent(Path socket, AgentImplBase service, Answer answer) {
        Path backend = Path.of(socket + ".grpc");
        port = FakeAgent.at(socket, connection -> {
            answer.to(FakeAgent.readGreeting(connection), connection);
            FakeAgent.relay(connection, backend);
        });
        try {
            server = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(backend))
                    .channelType(NioServerDomainSocketChannel.class)
                    .bossEventLoopGroup(loop)
                    .workerEventLoopGroup(loop)
                    .maxInboundMessageSize(8 << 20)
                    .addService(service)
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void disconnectAll() {
        port.disconnectAll();
    }

    @Override
    public void close() {
        port.close();
        server.shutdownNow();
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** An agent that does as it should: a command prints its own words. */
    static class Good extends AgentImplBase {
        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
            answer(
                    observer,
                    GetStatusResponse.newBuilder().setProtocolVersion(1).build());
        }

        @Override
        public void exec(ExecRequest request, StreamObserver<ExecResponse> observer) {
            answer(
                    observer,
                    ExecResponse.newBuilder()
                            .setStdout(ByteString.copyFromUtf8(String.join(" ", request.getCommandList())))
                            .build());
        }

        @Override
        public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
            answer(observer, ShutdownResponse.getDefaultInstance());
        }
    }

    static <T> void answer(StreamObserver<T> observer, T value) {
        observer.onNext(value);
        observer.onCompleted();
    }
}
