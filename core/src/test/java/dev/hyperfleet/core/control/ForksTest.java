package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ForksTest {
    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Machines machines = server.machines;
    private final MachineId source = machines.create(Specs.named("source")).id();

    private List<Forks.Copy> fork(String... names) {
        return server.forks.fork(source, List.of(names), (_, name) -> Specs.named(name));
    }

    private void assertNoSnapshotIsLeft() {
        assertThat(machines.snapshots().list(_ -> true, 1, 0).snapshots()).isEmpty();
        assertThat(host.snapshots).isEmpty();
        assertThat(host.unfinishedSnapshots).isEmpty();
    }

    @Test
    void copiesRunAndTheSourceContinues() {
        machines.start(source);
        List<Forks.Copy> copies = fork("a", "b", "c");
        assertThat(copies).extracting(Forks.Copy::name).containsExactly("a", "b", "c");
        assertThat(copies)
                .allSatisfy(copy ->
                        assertThat(copy.machine().orElseThrow().status()).isEqualTo(MachineStatus.RUNNING));
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(host.lastStarted(source).frozen).isFalse();
        assertNoSnapshotIsLeft();
    }

    @Test
    void aCopyWhoseNameIsTakenFailsAlone() {
        machines.start(source);
        List<Forks.Copy> copies = fork("a", "source", "b");
        assertThat(copies)
                .extracting(copy -> copy.failure().map(HyperfleetException::code))
                .containsExactly(Optional.empty(), Optional.of(ErrorCode.CONFLICT), Optional.empty());
        assertNoSnapshotIsLeft();
    }

    @Test
    void nothingIsLeftOfACopyThatDoesNotStart() {
        machines.start(source);
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no room"));
        List<Forks.Copy> copies = fork("a", "b");
        assertThat(copies).allSatisfy(copy -> assertThat(copy.failure()).isPresent());
        assertThat(machines.all()).hasSize(1);
        assertThat(host.withTraces()).containsExactly(source);
        assertNoSnapshotIsLeft();
    }

    @Test
    void aMachineThatDoesNotRunCannotBeForked() {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> fork("a"))
                .withMessage("Cannot fork machine in 'pending' state");
    }
}
