"""A sentence in the columns of Universal Dependencies, as several tests read it."""

UD = """\
# sent_id = a
# text = The cat can't, sat.
1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_
2\tcat\tcat\tNOUN\tNN\t_\t0\troot\t_\t_
3-4\tcan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\tca\tcan\tAUX\tMD\t_\t2\taux\t_\t_
4\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_
4.1\tx\tx\tX\tX\t_\t_\t_\t_\t_
5\t,\t,\tPUNCT\t,\t_\t2\tpunct\t_\t_
6\tsat\tsit\tVERB\tVBD\t_\t2\tdep\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

"""
