package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.guest.v1.AgentGrpc.AgentImplBase;
import dev.hyperfleet.guest.v1.AttachRequest;
import dev.hyperfleet.guest.v1.AttachResponse;
import dev.hyperfleet.guest.v1.Ending;
import dev.hyperfleet.guest.v1.FilesGrpc.FilesImplBase;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.Process;
import dev.hyperfleet.guest.v1.ProcessesGrpc.ProcessesImplBase;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import dev.hyperfleet.guest.v1.ShutdownResponse;
import dev.hyperfleet.guest.v1.Stream;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A real gRPC server, reached through a socket that answers the greeting as the agent does. */
final class GrpcAgent implements AutoCloseable {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Server server;
    private final FakeAgent port;

    /** How the greeting is answered, before gRPC begins. */
    interface Answer {
        void to(String greeting, SocketChannel connection) throws IOException;
    }

    static GrpcAgent of(MachineId id, AgentSockets sockets, Good service) {
        return of(id, sockets, service, (greeting, connection) -> FakeAgent.write(connection, greeting));
    }

    static GrpcAgent of(MachineId id, AgentSockets sockets, Good service, Answer answer) {
        List<ServerServiceDefinition> services =
                List.of(service.bindService(), service.processes.bindService(), service.files.bindService());
        return new GrpcAgent(sockets.of(id), services, answer);
    }

    /** An agent with other services. */
    static GrpcAgent of(MachineId id, AgentSockets sockets, List<ServerServiceDefinition> services) {
        Answer answer = (greeting, connection) -> FakeAgent.write(connection, greeting);
        return new GrpcAgent(sockets.of(id), services, answer);
    }

    private GrpcAgent(Path socket, List<ServerServiceDefinition> services, Answer answer) {
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
                    .addServices(services)
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

    /** A correct agent: a command prints its own arguments. */
    static class Good extends AgentImplBase {
        final ProcessesImplBase processes;
        final FilesImplBase files;

        Good() {
            this(new Echo());
        }

        Good(ProcessesImplBase processes) {
            this(processes, new FilesImplBase() {});
        }

        Good(ProcessesImplBase processes, FilesImplBase files) {
            this.processes = processes;
            this.files = files;
        }

        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
            answer(
                    observer,
                    GetStatusResponse.newBuilder()
                            .setProtocolVersion(GrpcGuest.PROTOCOL_VERSION)
                            .build());
        }

        @Override
        public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
            answer(observer, ShutdownResponse.getDefaultInstance());
        }
    }

    /** A process that prints its own arguments, and ends. */
    static class Echo extends ProcessesImplBase {
        @Override
        public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
            return onFirst(observer, open -> {
                String words = String.join(" ", open.getStart().getCommandList());
                send(observer, AttachResponse.newBuilder().setProcess(process(0)));
                send(observer, output(0, words));
                send(observer, AttachResponse.newBuilder().setEnd(ended(words.length(), 0)));
            });
        }
    }

    /** Plays a script when the process is opened, then ends the stream. */
    static StreamObserver<AttachRequest> onFirst(
            StreamObserver<AttachResponse> observer, Consumer<AttachRequest.Open> script) {
        return new StreamObserver<>() {
            @Override
            public void onNext(AttachRequest request) {
                if (request.hasOpen()) {
                    script.accept(request.getOpen());
                    observer.onCompleted();
                }
            }

            @Override
            public void onError(Throwable gone) {}

            @Override
            public void onCompleted() {}
        };
    }

    static void send(StreamObserver<AttachResponse> observer, AttachResponse.Builder response) {
        observer.onNext(response.build());
    }

    static Process.Builder process(long printed) {
        return Process.newBuilder().setId("process00000").setPid(7).setOutputNext(printed);
    }

    static Process.Builder ended(long printed, int exitCode) {
        return process(printed).setEnding(Ending.newBuilder().setExitCode(exitCode));
    }

    static AttachResponse.Builder output(long offset, String text) {
        return output(offset, ByteString.copyFromUtf8(text));
    }

    static AttachResponse.Builder output(long offset, ByteString data) {
        return AttachResponse.newBuilder()
                .setOutput(AttachResponse.Output.newBuilder()
                        .setStream(Stream.STDOUT)
                        .setOffset(offset)
                        .setData(data));
    }

    static <T> void answer(StreamObserver<T> observer, T value) {
        observer.onNext(value);
        observer.onCompleted();
    }
}
