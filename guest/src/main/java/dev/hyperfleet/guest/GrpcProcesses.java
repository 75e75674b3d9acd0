package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.guest.v1.AttachRequest;
import dev.hyperfleet.guest.v1.GetProcessRequest;
import dev.hyperfleet.guest.v1.KillRequest;
import dev.hyperfleet.guest.v1.ListProcessesRequest;
import dev.hyperfleet.guest.v1.ListProcessesResponse;
import dev.hyperfleet.guest.v1.Process;
import dev.hyperfleet.guest.v1.ProcessesGrpc;
import dev.hyperfleet.guest.v1.ProcessesGrpc.ProcessesBlockingV2Stub;
import dev.hyperfleet.guest.v1.ResizeRequest;
import dev.hyperfleet.guest.v1.SignalRequest;
import dev.hyperfleet.guest.v1.StartRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Processes in one guest, over gRPC. */
final class GrpcProcesses implements GuestProcesses {
    private final ProcessesBlockingV2Stub stub;
    private final GrpcErrors failures;
    private final GrpcCalls<ProcessesBlockingV2Stub> starts;
    private final GrpcCalls<ProcessesBlockingV2Stub> calls;

    GrpcProcesses(ManagedChannel channel, GrpcErrors failures) {
        this.stub = ProcessesGrpc.newBlockingV2Stub(channel).withWaitForReady();
        this.failures = failures;
        this.starts = new GrpcCalls<>(stub, failures, GrpcErrors::ofStart);
        this.calls = new GrpcCalls<>(stub, failures, GrpcErrors::ofProcess);
    }

    @Override
    public GuestProcess start(ProcessSpec spec) {
        StartRequest request = ProcessMessages.request(spec);
        return process(starts.ask(service -> service.start(request)));
    }

    @Override
    public Attachment run(ProcessSpec spec, ReadOptions options) {
        return attach(
                AttachRequest.Open.newBuilder().setStart(ProcessMessages.request(spec)), options, GrpcErrors::ofStart);
    }

    @Override
    public Attachment attach(String id, ReadOptions options) {
        return attach(AttachRequest.Open.newBuilder().setId(id), options, GrpcErrors::ofProcess);
    }

    private Attachment attach(
            AttachRequest.Open.Builder open, ReadOptions options, Function<Status.Code, @Nullable ErrorCode> refusals) {
        open.setOffset(options.offset().orElse(0))
                .setFromEnd(options.offset().isEmpty())
                .setFollow(options.follow())
                .setHold(options.hold())
                .setLimit(options.limit());
        return GrpcAttachment.open(stub.attach(), open.build(), failures, refusals);
    }

    @Override
    public List<GuestProcess> list() {
        ListProcessesResponse response = calls.ask(service -> service.list(ListProcessesRequest.getDefaultInstance()));
        return response.getProcessesList().stream().map(this::process).toList();
    }

    @Override
    public GuestProcess get(String id) {
        GetProcessRequest request = GetProcessRequest.newBuilder().setId(id).build();
        return process(calls.ask(service -> service.get(request)));
    }

    @Override
    public GuestProcess signal(String id, int signal) {
        SignalRequest request =
                SignalRequest.newBuilder().setId(id).setSignal(signal).build();
        return process(calls.ask(service -> service.signal(request)));
    }

    @Override
    public GuestProcess resize(String id, TerminalSize size) {
        ResizeRequest request = ResizeRequest.newBuilder()
                .setId(id)
                .setSize(ProcessMessages.size(size))
                .build();
        return process(calls.ask(service -> service.resize(request)));
    }

    @Override
    public GuestProcess kill(String id) {
        KillRequest request = KillRequest.newBuilder().setId(id).build();
        return process(calls.ask(service -> service.kill(request)));
    }

    private GuestProcess process(Process message) {
        return ProcessMessages.process(message, failures);
    }
}
