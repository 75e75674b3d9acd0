package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.guest.v1.Ending;
import dev.hyperfleet.guest.v1.Input;
import dev.hyperfleet.guest.v1.Process;
import dev.hyperfleet.guest.v1.StartRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Converts processes between the protocol and the core. */
final class ProcessMessages {
    private static final Pattern ID = Pattern.compile("[a-z0-9]{12}");
    private static final int MAX_EXIT_CODE = 255;
    private static final int MAX_SIGNAL = 64;

    private ProcessMessages() {}

    static StartRequest request(ProcessSpec spec) {
        StartRequest.Builder request = StartRequest.newBuilder()
                .addAllCommand(spec.command())
                .putAllEnv(spec.environment())
                .setCwd(spec.directory().orElse(""))
                .setUser(spec.user().orElse(""))
                .setInput(
                        switch (spec.input()) {
                            case NONE -> Input.INPUT_NONE;
                            case DATA -> Input.INPUT_DATA;
                            case OPEN -> Input.INPUT_OPEN;
                        })
                .setData(ByteString.copyFrom(spec.data()))
                .setTimeoutMs(spec.timeout().map(Duration::toMillis).orElse(0L))
                .setTag(spec.tag().orElse(""))
                .setAttached(spec.attached())
                .setBackground(spec.background());
        spec.terminal().ifPresent(size -> request.setTerminal(size(size)));
        return request.build();
    }

    static dev.hyperfleet.guest.v1.TerminalSize size(TerminalSize size) {
        return dev.hyperfleet.guest.v1.TerminalSize.newBuilder()
                .setRows(size.rows())
                .setColumns(size.columns())
                .build();
    }

    /** The process that an agent reports; an inconsistent response is an error of the guest. */
    static GuestProcess process(Process message, GrpcErrors failures) {
        if (!ID.matcher(message.getId()).matches()) {
            throw failures.outOfBounds("a process's id");
        }
        if (Long.compareUnsigned(message.getOutputFirst(), message.getOutputNext()) > 0
                || message.getOutputNext() < 0) {
            throw failures.outOfBounds("a process's offsets");
        }
        StartRequest request = message.getRequest();
        return new GuestProcess(
                message.getId(),
                Integer.toUnsignedLong(message.getPid()),
                request.getCommandList().stream().map(String::valueOf).toList(),
                Messages.text(request.getCwd()),
                Messages.text(request.getUser()),
                switch (request.getInput()) {
                    case INPUT_DATA -> ProcessSpec.Input.DATA;
                    case INPUT_OPEN -> ProcessSpec.Input.OPEN;
                    default -> ProcessSpec.Input.NONE;
                },
                request.hasTerminal() ? Optional.of(size(request.getTerminal(), failures)) : Optional.empty(),
                request.getTimeoutMs() == 0 ? Optional.empty() : Optional.of(Messages.duration(request.getTimeoutMs())),
                Messages.text(request.getTag()),
                request.getAttached(),
                request.getBackground(),
                Messages.instant(message.getStartedAtMs()),
                message.hasEnding() ? Optional.of(ending(message.getEnding(), failures)) : Optional.empty(),
                Messages.duration(message.getCpuMs()),
                Messages.amount(message.getMemoryBytes()),
                Messages.amount(message.getMemoryPeakBytes()),
                message.getOutputFirst(),
                message.getOutputNext(),
                Messages.count(message.getAttached()));
    }

    private static TerminalSize size(dev.hyperfleet.guest.v1.TerminalSize size, GrpcErrors failures) {
        if (size.getRows() < 1
                || size.getRows() > TerminalSize.MAX
                || size.getColumns() < 1
                || size.getColumns() > TerminalSize.MAX) {
            throw failures.outOfBounds("a terminal's size");
        }
        return new TerminalSize(size.getRows(), size.getColumns());
    }

    private static GuestProcess.Ending ending(Ending ending, GrpcErrors failures) {
        if (Integer.compareUnsigned(ending.getExitCode(), MAX_EXIT_CODE) > 0
                || Integer.compareUnsigned(ending.getSignal(), MAX_SIGNAL) > 0) {
            throw failures.outOfBounds("an exit code");
        }
        return new GuestProcess.Ending(
                ending.getExitCode(),
                ending.getSignal() == 0 ? Optional.empty() : Optional.of(ending.getSignal()),
                ending.getTimedOut(),
                Messages.instant(ending.getEndedAtMs()),
                Messages.duration(ending.getDurationMs()));
    }
}
