"""What goes back: a page for each learner, and the report on a class for the teacher."""
