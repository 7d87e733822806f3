"""The pages of tasks: the list, one task with its solution, and the form that submits one."""
