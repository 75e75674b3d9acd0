package dev.hyperfleet.guest;

import com.google.protobuf.Message;
import dev.hyperfleet.guest.v1.AgentGrpc;
import dev.hyperfleet.guest.v1.FilesGrpc;
import dev.hyperfleet.guest.v1.PortsGrpc;
import dev.hyperfleet.guest.v1.ProcessesGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** All calls of an agent, answered with any number of messages, with any content, in any order. */
final class LyingServices {
    private static final Status.Code[] CODES = Status.Code.values();
    private static final int MAX_MESSAGES = 6;

    private final RandomGenerator random;
    private final RandomMessages messages;
    private final boolean answers;

    /** Reads and ignores all requests. */
    static final class Ignored<T> implements StreamObserver<T> {
        @Override
        public void onNext(T value) {}

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {}
    }

    private LyingServices(RandomGenerator random, boolean answers) {
        this.random = random;
        this.messages = new RandomMessages(random);
        this.answers = answers;
    }

    static List<ServerServiceDefinition> of(RandomGenerator random) {
        return new LyingServices(random, true).all();
    }

    /** They accept calls, and never answer. */
    static List<ServerServiceDefinition> mute() {
        return new LyingServices(new java.util.Random(0), false).all();
    }

    private List<ServerServiceDefinition> all() {
        return Stream.of(
                        AgentGrpc.getServiceDescriptor(),
                        ProcessesGrpc.getServiceDescriptor(),
                        FilesGrpc.getServiceDescriptor(),
                        PortsGrpc.getServiceDescriptor())
                .map(this::service)
                .toList();
    }

    private ServerServiceDefinition service(ServiceDescriptor descriptor) {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor);
        for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
            add(service, method);
        }
        return service.build();
    }

    private <Q, A> void add(ServerServiceDefinition.Builder service, MethodDescriptor<Q, A> method) {
        service.addMethod(method, (call, headers) -> {
            call.request(Integer.MAX_VALUE);
            if (answers) {
                answer(call, method);
            }
            return new ServerCall.Listener<>() {};
        });
    }

    private synchronized <Q, A> void answer(ServerCall<Q, A> call, MethodDescriptor<Q, A> method) {
        var marshaller = (PrototypeMarshaller<A>) method.getResponseMarshaller();
        A prototype = Objects.requireNonNull(marshaller.getMessagePrototype());
        call.sendHeaders(new Metadata());
        boolean stream = !method.getType().serverSendsOneMessage();
        for (int count = stream ? random.nextInt(MAX_MESSAGES) : 1; count > 0; count--) {
            call.sendMessage(Objects.requireNonNull(marshaller.parse(
                    messages.like((Message) prototype).toByteString().newInput())));
        }
        Status status = random.nextInt(3) == 0 ? CODES[random.nextInt(CODES.length)].toStatus() : Status.OK;
        call.close(status.withDescription("\u202e\u0007" + "\ud83d\ude00".repeat(random.nextInt(700))), new Metadata());
    }
}
