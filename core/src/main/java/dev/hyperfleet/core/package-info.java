/**
 * Machines and their lifecycle, and the ports through which the rest of the world is reached. Depends
 * on nothing but the JDK.
 */
@NullMarked
package dev.hyperfleet.core;

import org.jspecify.annotations.NullMarked;
