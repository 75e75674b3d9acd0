package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** The processes in a fake guest. Its agent does not respond to a program named silence. */
public final class FakeProcesses implements GuestProcesses {
    private static final String SILENCE = "silence";

    private final Map<String, FakeProcess> all = new ConcurrentSkipListMap<>();
    private final AtomicLong started = new AtomicLong();

    @Override
    public GuestProcess start(ProcessSpec spec) {
        return begin(spec).look();
    }

    private FakeProcess begin(ProcessSpec spec) {
        if (spec.command().getFirst().equals(SILENCE)) {
            throw new HyperfleetException(ErrorCode.GUEST_ERROR, "The agent has not answered");
        }
        long pid = started.incrementAndGet();
        String id = "process%05d".formatted(pid);
        FakeProcess process = new FakeProcess(id, pid, spec);
        all.put(id, process);
        return process;
    }

    @Override
    public Attachment run(ProcessSpec spec, ReadOptions options) {
        return new FakeAttachment(begin(spec), options);
    }

    @Override
    public Attachment attach(String id, ReadOptions options) {
        return new FakeAttachment(known(id), options);
    }

    private FakeProcess known(String id) {
        FakeProcess process = all.get(id);
        if (process == null) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "There is no process '%s'".formatted(id));
        }
        return process;
    }

    @Override
    public List<GuestProcess> list() {
        return List.copyOf(all.values()).reversed().stream()
                .map(FakeProcess::look)
                .toList();
    }

    @Override
    public GuestProcess get(String id) {
        return known(id).look();
    }

    @Override
    public GuestProcess signal(String id, int signal) {
        FakeProcess process = known(id);
        process.signal(signal);
        return process.look();
    }

    @Override
    public GuestProcess resize(String id, TerminalSize size) {
        FakeProcess process = known(id);
        process.resize(size);
        return process.look();
    }

    @Override
    public GuestProcess kill(String id) {
        return signal(id, 9);
    }
}
