"""The command line. Built-in commands are import paths until they run; plugins bring more by the hook `commands`."""
