"""Writes a small park that a user can run at once and then make their own."""

from __future__ import annotations

from pathlib import Path

from aidc_twin.errors import InputError, Problem

FILES: dict[str, str] = {
    "park.toml": """\
# The head of the park. Every table beside this file is explained in README.md.
schema_version = 1
id = "my-park"
title = "A small park to start from"
epoch = 2026-10-01          # first day of the model
horizon_weeks = 66          # to the end of 2027
goals = "shuang-qianyi"     # a goal profile, by name
order_book = "example orders"
""",
    "README.md": """\
# A small park

One product line: a `site` of 1 MW takes one `it_box` and half a `cool_box`. An order is confirmed and designed, its
boxes are built, tested, packed, driven to the customer and set; then it is commissioned and accepted. Accelerators come
as a weekly quota.

    aidc-twin check .        every problem of these files at once
    aidc-twin simulate .     what the park can do

| file | what it says |
|---|---|
| `park.toml` | first day, horizon, goals |
| `calendars.csv`, `holidays.csv` | when people work; level 2 is a second shift that a plan may raise |
| `entities.csv` | who makes and who trades |
| `resources.csv`, `capacity.csv` | bays, rigs, people, places, test power, and how much of each |
| `materials.csv` | what is bought, with a lead time or a weekly quota |
| `products.csv`, `bom.csv` | what an order is made of, per MW, and what it is worth |
| `operations.csv`, `needs.csv` | the steps, how long they take, and what they seize |
| `destinations.csv`, `legs.csv` | where orders go, and how |
| `sales.csv` | which sale counts in which statistic, and when |
| `orders.csv` | the order book |

Numbers may be distributions such as `tri(3,5,8)` or facts such as `fact:frame_fab_days`. Dates are written 2026-10-01.
Every column is described in docs/park-folder.md; `aidc-twin check --schema` prints the same as JSON Schema. Other
tables (`breakdowns.csv`, `branches.csv`, `outputs.csv`, `sources.csv`, `windows.csv`, `setups.csv`, `phases.csv`,
`transfers.csv`, `buckets.csv`, `overlaps.csv`, `not_before.csv`, `state/`) are left out until they are needed:
docs/mechanisms.md shows how a real line is described with them.
""",
    "calendars.csv": """\
calendar,shift,days,start,end,level,cost_yuan_day
plant,1,mon-sat,08:00,16:00,1,0
plant,2,mon-sat,16:00,24:00,2,15000
""",
    "holidays.csv": """\
calendar,start,end,title
plant,2026-10-01,2026-10-07,National Day
plant,2027-02-05,2027-02-14,Spring Festival
plant,2027-10-01,2027-10-07,National Day
""",
    "entities.csv": """\
entity,kind,title
factory,integrator,The factory
trading,trading,The trading company
""",
    "resources.csv": """\
resource,kind,title,unit,calendar,entity
engineers,crew,Design engineers,person,plant,factory
frame_bay,servers,Frame bays,bay,plant,factory
test_rig,servers,Test rigs,rig,,factory
test_power,cumulative,Power for tests,kW,,factory
floor,space,Places for boxes in work,place,,factory
fitters,crew,Fitters,person,plant,factory
site_crew,crew,Crews on site,crew,,factory
""",
    "capacity.csv": """\
resource,part,amount
engineers,all,3
frame_bay,all,3
test_rig,all,2
test_power,grid,3000
floor,hall,8
fitters,all,8
site_crew,all,2
""",
    "materials.csv": """\
material,title,unit,price_yuan,lead_weeks,weekly_quota,carry_weeks,payment_days,supplier
steel,Steel section,t,5000,"tri(2,3,5)",,,60,Mill
accelerators,Accelerators,chip,100000,,300,8,0,Chip maker
""",
    "products.csv": """\
product,kind,title,routing,maker,it_kw
site,solution,One megawatt of data centre,site,factory,
it_box,module,IT box,it_box,factory,1000
cool_box,module,Cooling box,cool_box,factory,
""",
    "bom.csv": """\
parent,item,quantity,rounding,operation,released_by,group,value_yuan,cost_yuan
site,it_box,1,up,commission,design,boxes,90000000,80000000
site,cool_box,0.5,up,commission,design,boxes,10000000,7000000
it_box,steel,6,exact,frame,,,,
it_box,accelerators,680,exact,test,,,,
cool_box,steel,4,exact,frame,,,,
""",
    "operations.csv": """\
routing,operation,title,stage,after,duration,duration_unit,calendar,when_closed,fail_share,rework,rework_unit
site,confirm,Quotation to deposit,order,,"tri(3,5,10)",working_day,plant,suspend,,,
site,design,Configuration,design,confirm,"tri(4,6,10)",working_day,plant,suspend,,,
site,commission,Join and commission,site,design,"tri(5,7,12)",day,,suspend,,,
site,acceptance,Acceptance,acceptance,commission,1,day,,suspend,,,
it_box,frame,Build the box,manufacture,,"tri(3,4,6)",working_day,plant,suspend,,,
it_box,test,Test under load,test,frame,72,hour,,run,0.1,8,hour
it_box,pack,Pack,pack,test,1,working_day,plant,suspend,,,
it_box,set,Set on site,site,pack,8,hour,,suspend,,,
cool_box,frame,Build the box,manufacture,,"tri(2,3,4)",working_day,plant,suspend,,,
cool_box,test,Test under pressure,test,frame,24,hour,,run,0.05,6,hour
cool_box,pack,Pack,pack,test,4,hour,plant,suspend,,,
cool_box,set,Set on site,site,pack,6,hour,,suspend,,,
""",
    "needs.csv": """\
routing,operation,resource,amount,until,during
site,design,engineers,1,,operation
it_box,frame,frame_bay,1,,operation
it_box,frame,fitters,2,,operation
it_box,frame,floor,1,pack,operation
it_box,test,test_rig,1,,operation
it_box,test,test_power,600,,operation
it_box,test,fitters,1,,rework
it_box,pack,fitters,1,,operation
it_box,set,site_crew,1,,operation
cool_box,frame,frame_bay,1,,operation
cool_box,frame,fitters,2,,operation
cool_box,frame,floor,1,pack,operation
cool_box,test,test_rig,1,,operation
cool_box,pack,fitters,1,,operation
cool_box,set,site_crew,1,,operation
""",
    "destinations.csv": """\
destination,title,market
home,Same province,domestic
""",
    "legs.csv": """\
destination,leg,position,title,kind,duration_days
home,truck,1,Lorry to the site,delay,"tri(0.5,1,3)"
""",
    "sales.csv": """\
sale,ledger,seller,buyer,item,operation,market,share,consigned_share
output_it,industrial_output,factory,outside,it_box,pack,all,1,
output_cool,industrial_output,factory,outside,cool_box,pack,all,1,
trade_accelerators,wholesale_trade,trading,factory,accelerators,test,all,1,0
trade_steel,wholesale_trade,trading,factory,steel,frame,all,1,
""",
    "orders.csv": """\
order,customer,region,product,quantity_mw,ordered,due,destination,weight,basis
A-001,First customer,Jiangsu,site,2,2026-10-08,2027-01-22,home,1,contract
A-002,Second customer,Jiangsu,site,1,2026-10-19,2027-01-29,home,1,contract
A-003,Third customer,Zhejiang,site,3,2026-12-01,2027-04-16,home,2,contract
A-004,Fourth customer,Anhui,site,1.5,2027-02-22,2027-06-11,home,1,contract
A-005,First customer,Jiangsu,site,2,2027-04-12,2027-08-20,home,1,contract
A-006,Fifth customer,Shanghai,site,4,2027-06-01,2027-11-26,home,1,forecast
""",
}
"""Content of each file of the example, by name."""


def write_scaffold(folder: Path) -> tuple[Path, ...]:
    """Write the example park into a folder that is empty or does not exist yet.

    Returns
    -------
    tuple
        The files written.

    Raises
    ------
    InputError
        The folder holds something, or is a file.
    OSError
        A file cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        found = "a folder with files in it" if folder.is_dir() else "a file"
        fix = "name an empty folder or one that does not exist yet"
        raise InputError(Problem(str(folder), 0, "", found, "an empty folder", fix, "folder-not-empty"))
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, content in FILES.items():
        path = folder / name
        path.write_text(content, encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)
