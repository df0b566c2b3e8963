// SPDX-License-Identifier: MIT
// The load of load.srcu for Spin: N ioctls, hardware, a timeout handler, a remove path.
// Spin cuts loops and ends of processes into steps differently: compare speed and verdict, not counts.
#ifndef N
#define N 4
#endif
bit unplugged = 0, gone = 0, stopped = 0, released = 0, resetting = 0;
byte readers = 0;
bit pending[N];
bit signaled[N];

active [N] proctype ioctl() {
	byte me = _pid;
enter:	atomic { if :: unplugged -> goto out :: else -> readers++ fi }
first:	assert(!released);
submit:	atomic {
		if
		:: stopped -> goto leave
		:: else -> pending[me] = 1; signaled[me] = 0
		fi
	}
	signaled[me] == 1;
second:	atomic { pending[me] = 0; assert(!released) };
leave:	readers--;
	goto enter;
out:	skip
}

active proctype hardware() {
	byte i = 0;
	do
	:: atomic { !gone && !resetting && pending[i] && !signaled[i] -> signaled[i] = 1 }
	:: i < N - 1 -> i++
	:: i > 0 -> i--
	:: gone -> break
	od
}

active proctype timeout_handler() {
	byte i;
	do
	:: atomic { stopped -> break }
	:: atomic { !resetting -> resetting = 1; i = 0 };
	   do
	   :: atomic { i < N -> signaled[i] = 1; i++ }
	   :: i == N -> break
	   od;
	   atomic { resetting = 0; i = 0 }
	od
}

active proctype remove() {
	byte i = 0;
	gone = 1;
	stopped = 1;
	do
	:: atomic { i < N -> signaled[i] = 1; i++ }
	:: i == N -> break
	od;
	unplugged = 1;
	readers == 0;
	released = 1
}
