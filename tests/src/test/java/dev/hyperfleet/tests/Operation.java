package dev.hyperfleet.tests;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A client's operation on one machine, as far as its effect is known from the response.
 *
 * @param what for people
 * @param begin when it was sent, in nanoseconds
 * @param end the latest time of its last step: that of the response, or none
 * @param required whether all steps took place; otherwise any number of them did
 * @param steps in order; each takes the machine from one state to another instantly
 */
record Operation(String what, long begin, long end, boolean required, List<Step> steps) {
    /** An observable state of a machine. */
    enum State {
        PENDING,
        STARTING,
        RUNNING,
        PAUSING,
        PAUSED,
        RESUMING,
        STOPPING,
        STOPPED,
        FAILED,
        ABSENT
    }

    /**
     * A step.
     *
     * @param latest its latest time, if that is before the operation's end
     * @param choices its possible effects
     */
    record Step(long latest, List<Transition> choices) {}

    /**
     * From any of these states to that one.
     *
     * @param to empty if the state stays
     */
    record Transition(Set<State> from, Optional<State> to) {
        static Transition of(Set<State> from, State to) {
            return new Transition(from, Optional.of(to));
        }
    }

    /** The effect of a command. */
    enum Command {
        START("start"),
        STOP("stop"),
        RESTART("restart"),
        PAUSE("pause"),
        RESUME("resume"),
        DELETE("delete");

        private final String verb;

        Command(String verb) {
            this.verb = verb;
        }

        String verb() {
            return verb;
        }

        Set<State> allowedFrom() {
            return switch (this) {
                case START, DELETE -> EnumSet.of(State.PENDING, State.STOPPED, State.FAILED);
                case STOP -> EnumSet.of(State.RUNNING, State.PAUSED);
                case RESTART, PAUSE -> EnumSet.of(State.RUNNING);
                case RESUME -> EnumSet.of(State.PAUSED);
            };
        }

        private List<State> path() {
            return switch (this) {
                case START -> List.of(State.STARTING, State.RUNNING);
                case STOP -> List.of(State.STOPPING, State.STOPPED);
                case RESTART -> List.of(State.STOPPING, State.STARTING, State.RUNNING);
                case PAUSE -> List.of(State.PAUSING, State.PAUSED);
                case RESUME -> List.of(State.RESUMING, State.RUNNING);
                case DELETE -> List.of(State.ABSENT);
            };
        }
    }

    /** A client has seen the machine in this state. */
    static Operation seen(State state, long begin, long end) {
        return single("seen " + state, EnumSet.of(state), begin, end);
    }

    /** A command was refused in this state. */
    static Operation refused(Command command, State state, long begin, long end) {
        Set<State> from = EnumSet.of(state);
        from.removeAll(command.allowedFrom()); // an allowed command is not refused: then no step is left
        return single("%s refused in %s".formatted(command, state), from, begin, end);
    }

    private static Operation single(String what, Set<State> from, long begin, long end) {
        Step step = new Step(end, List.of(new Transition(from, Optional.empty())));
        return new Operation(what, begin, end, true, List.of(step));
    }

    /** A command was answered: all its steps took place. */
    static Operation done(Command command, long begin, long end) {
        List<State> path = command.path();
        List<Step> steps = new ArrayList<>();
        Set<State> from = command.allowedFrom();
        for (State to : path) {
            steps.add(new Step(end, List.of(Transition.of(from, to))));
            from = EnumSet.of(to);
        }
        return new Operation(command + " done", begin, end, true, steps);
    }

    /**
     * A command may have taken effect, in part, or not. A started one is finished by the next server, or abandoned. A
     * pause or a resume that the VMM carried out after its timeout is undone.
     *
     * @param latest when it had begun, if it has
     */
    static Operation unknown(Command command, long begin, long latest) {
        Transition failed = Transition.of(EnumSet.of(State.STARTING, State.STOPPING), State.FAILED);
        Transition stopped = Transition.of(EnumSet.of(State.STOPPING), State.STOPPED);
        Transition notPaused = Transition.of(EnumSet.of(State.PAUSING), State.RUNNING);
        Transition notResumed = Transition.of(EnumSet.of(State.RESUMING), State.PAUSED);
        List<Step> steps = new ArrayList<>();
        Set<State> from = command.allowedFrom();
        for (State to : command.path()) {
            boolean first = steps.isEmpty();
            Transition next = Transition.of(from, to);
            steps.add(
                    first
                            ? new Step(latest, List.of(next))
                            : new Step(Long.MAX_VALUE, List.of(next, failed, stopped, notPaused, notResumed)));
            from = EnumSet.of(to);
        }
        if (command == Command.PAUSE) {
            steps.addAll(undoing(State.RUNNING, State.RESUMING));
        } else if (command == Command.RESUME) {
            steps.addAll(undoing(State.PAUSED, State.PAUSING));
        }
        return new Operation(command + " without an answer", begin, Long.MAX_VALUE, false, steps);
    }

    private static List<Step> undoing(State settled, State turning) {
        return List.of(
                new Step(Long.MAX_VALUE, List.of(Transition.of(EnumSet.of(settled), turning))),
                new Step(Long.MAX_VALUE, List.of(Transition.of(EnumSet.of(turning), settled))));
    }
}
